// Check a checkpoint and one leaf of a copied log with the code that npm checks provenance with: @sigstore/verify.
//
// Arguments: the directory of one shard (C2SP tlog-tiles), the leaf's index, the log's vkey.
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
// The package shows only its whole bundles' verification; these two functions are what it checks a log with.
const inside = path.join(path.dirname(require.resolve('@sigstore/verify')), 'tlog');
const { verifyCheckpoint } = require(path.join(inside, 'checkpoint.js'));
const { verifyMerkleInclusion } = require(path.join(inside, 'merkle.js'));

const LEAF = 168;
const [directory, index, vkey] = process.argv.slice(2);
const read = (name) => fs.readFileSync(path.join(directory, name));

const [name, keyId, material] = vkey.split('+', 2).concat(vkey.split('+').slice(2).join('+'));
const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(material, 'base64').subarray(1)]);
const log = {
  logID: Buffer.from(keyId, 'hex'),
  baseURL: `https://${name}`,
  publicKey: crypto.createPublicKey({ key: spki, format: 'der', type: 'spki' }),
};
const bundles = path.join('tile', 'entries', String(Math.floor(index / 256)).padStart(3, '0'));
const entry = {
  canonicalizedBody: read(bundles).subarray((index % 256) * (LEAF + 2) + 2).subarray(0, LEAF),
  inclusionProof: {
    logIndex: index,
    checkpoint: { envelope: read('checkpoint').toString('utf-8') },
    hashes: read(`inclusion-${index}`).toString().split('\n').map((line) => Buffer.from(line, 'base64')),
  },
};
const checkpoint = verifyCheckpoint(entry, [log]);
verifyMerkleInclusion(entry, checkpoint);
process.stdout.write(`${checkpoint.origin} ${checkpoint.logSize}\n`);
