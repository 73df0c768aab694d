// Check a copy of the log with the code that checks Go's own modules: golang.org/x/mod/sumdb/note and .../tlog.
//
// Arguments: the directory of one shard (C2SP tlog-tiles), the log's vkey, any number of witnesses' vkeys of type 0x04.
// Beside the checkpoint the directory holds what the registry proved: `inclusion-<index>` and `consistency-<old>`, hashes
// in base64, one a line. Ends with 0 and says what was checked, or with 1 and says what is wrong.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	directory, logKey, witnessKeys := os.Args[1], os.Args[2], os.Args[3:]
	tree := checkpoint(directory, logKey, witnessKeys)
	reader := tlog.TileHashReader(tree, tiles{directory})
	rebuild(directory, tree, reader)
	inclusions := inclusion(directory, tree, reader)
	consistencies := consistency(directory, tree, reader)
	fmt.Printf("size %d, %d cosigners, %d inclusion proofs, %d consistency proofs\n",
		tree.N, len(witnessKeys), inclusions, consistencies)
}

func checkpoint(directory, logKey string, witnessKeys []string) tlog.Tree {
	logVerifier, err := note.NewVerifier(logKey)
	must(err)
	verifiers := []note.Verifier{logVerifier}
	for _, key := range witnessKeys {
		verifiers = append(verifiers, cosigner(key))
	}
	opened, err := note.Open(read(directory, "checkpoint"), note.VerifierList(verifiers...))
	must(err)
	if len(opened.Sigs) != len(verifiers) {
		fail("signed by %d of %d", len(opened.Sigs), len(verifiers))
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != logVerifier.Name() {
		fail("not a checkpoint of %s", logVerifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	return tlog.Tree{N: size, Hash: root}
}

// rebuild hashes every leaf of the entry bundles and compares root and tiles.
func rebuild(directory string, tree tlog.Tree, reader tlog.HashReader) {
	var stored []tlog.Hash
	local := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = stored[index]
		}
		return found, nil
	})
	for n := int64(0); n < tree.N; n += 256 {
		width := min(256, tree.N-n)
		data := read(directory, strings.Replace(tilePath(tlog.Tile{H: 8, L: 0, N: n / 256, W: int(width)}), "tile/0/", "tile/entries/", 1))
		for i := int64(0); i < width; i++ {
			length := int(binary.BigEndian.Uint16(data))
			hashes, err := tlog.StoredHashes(n+i, data[2:2+length], local)
			must(err)
			stored = append(stored, hashes...)
			data = data[2+length:]
		}
		if len(data) != 0 {
			fail("bundle %d is too long", n/256)
		}
	}
	root, err := tlog.TreeHash(tree.N, local)
	must(err)
	if root != tree.Hash {
		fail("the leaves have another root")
	}
	var indexes []int64
	for n := int64(0); n < tree.N; n++ {
		indexes = append(indexes, tlog.StoredHashIndex(0, n))
	}
	hashes, err := reader.ReadHashes(indexes)
	must(err)
	for i, index := range indexes {
		if hashes[i] != stored[index] {
			fail("leaf %d differs from its tile", i)
		}
	}
}

func inclusion(directory string, tree tlog.Tree, reader tlog.HashReader) int {
	proofs := listed(directory, "inclusion-")
	for index, proof := range proofs {
		leaf, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		must(err)
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf[0]))
		own, err := tlog.ProveRecord(tree.N, index, reader)
		must(err)
		same(own, proof)
	}
	return len(proofs)
}

func consistency(directory string, tree tlog.Tree, reader tlog.HashReader) int {
	proofs := listed(directory, "consistency-")
	for old, proof := range proofs {
		root, err := tlog.TreeHash(old, reader)
		must(err)
		must(tlog.CheckTree(proof, tree.N, tree.Hash, old, root))
		own, err := tlog.ProveTree(tree.N, old, reader)
		must(err)
		same(own, proof)
	}
	return len(proofs)
}

func same(own, proof []tlog.Hash) {
	if fmt.Sprint(own) != fmt.Sprint(proof) {
		fail("the registry proves it otherwise")
	}
}

func listed(directory, prefix string) map[int64][]tlog.Hash {
	paths, err := filepath.Glob(filepath.Join(directory, prefix+"*"))
	must(err)
	found := map[int64][]tlog.Hash{}
	for _, path := range paths {
		number, err := strconv.ParseInt(strings.TrimPrefix(filepath.Base(path), prefix), 10, 64)
		must(err)
		found[number] = nil
		for _, line := range strings.Fields(string(read(directory, filepath.Base(path)))) {
			hash, err := tlog.ParseHash(line)
			must(err)
			found[number] = append(found[number], hash)
		}
	}
	return found
}

// tiles reads the directory; Go's own layout names the height too, which C2SP fixes at 8.
type tiles struct{ directory string }

func (tiles) Height() int                     { return 8 }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func tilePath(tile tlog.Tile) string          { return strings.Replace(tile.Path(), "tile/8/", "tile/", 1) }
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(wanted))
	for i, tile := range wanted {
		found[i] = read(t.directory, tilePath(tile))
	}
	return found, nil
}

// cosigner verifies C2SP tlog-cosignature with Ed25519, which sumdb/note leaves to others.
func cosigner(vkey string) note.Verifier {
	parts := strings.SplitN(vkey, "+", 3)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	must(err)
	if len(key) != 33 || key[0] != 4 {
		fail("%s is no cosigner's key", parts[0])
	}
	hash := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	return witness{parts[0], binary.BigEndian.Uint32(hash[:]), ed25519.PublicKey(key[1:])}
}

type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.hash }
func (w witness) Verify(text, signature []byte) bool {
	if len(signature) != 72 {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(w.key, []byte(signed), signature[8:])
}

func read(directory, path string) []byte {
	data, err := os.ReadFile(filepath.Join(directory, path))
	must(err)
	return data
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

func must(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}
