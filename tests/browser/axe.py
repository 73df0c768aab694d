"""axe, which says the same a third sooner: it asks for some twenty colours many thousand times, reading each anew."""

from axe_playwright_python.base import AXE_SCRIPT

# Its private fields, as its build writes them, are entries of one map each; seven for every colour that it mixes.
_FIELDS = """
class WeakMap {
    constructor(entries = []) { this.name = Symbol(); for (const [key, value] of entries) this.set(key, value); }
    has(key) { return this.name in key; }
    get(key) { return key[this.name]; }
    set(key, value) { key[this.name] = value; return this; }
    delete(key) { return delete key[this.name]; }
}
class WeakSet {
    constructor() { this.name = Symbol(); }
    has(key) { return this.name in key; }
    add(key) { key[this.name] = true; return this; }
    delete(key) { return delete key[this.name]; }
}
"""
_COLOURS = """
const colour = axe.commons.color.Color.prototype, read = colour.parseString, known = new Map();
colour.parseString = function (text) {
    if (known.has(text)) [this.r, this.g, this.b, this.alpha] = known.get(text);
    else known.set(text, [read.call(this, text).r, this.g, this.b, this.alpha]);
    return this;
};
"""
SCRIPT = f"(() => {{ {_FIELDS} {AXE_SCRIPT} {_COLOURS} }})()"
