// What every page needs: data files, text made visible, the language switch, the age of the release.
"use strict";

window.credit = (() => {
  const page = document.documentElement;
  const isChinese = page.lang.startsWith("zh");
  const say = (zh, en) => (isChinese ? zh : en);

  // ------------------------------------------------------------------ text

  // Controls, format characters and the like would reorder or hide a name: they are named instead.
  const shown = (value) =>
    value === null || value === undefined
      ? ""
      : String(value).replace(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/gu, (character) =>
          `[U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);

  /** An element with text and attributes; text is never markup. */
  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = shown(text);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  const subjectLink = (id, name) =>
    element("a", name || id, { href: `subject.html?id=${encodeURIComponent(id)}`, dir: "auto" });

  // ------------------------------------------------------------- data files

  const arriving = new Map(); // key -> what to do with its value
  const known = new Map(); // key -> promise of its value

  /** The value of data/<key>.js. The release in the address keeps old copies out of caches. */
  const load = (key) => {
    if (!known.has(key)) {
      known.set(key, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        arriving.set(key, resolve);
        script.onload = () => script.remove();
        script.onerror = () => {
          known.delete(key);
          reject(new Error(say(`无法读取 ${key}`, `cannot read ${key}`)));
        };
        script.src = `${page.dataset.root}data/${key}.js?v=${encodeURIComponent(page.dataset.release)}`;
        document.head.append(script);
      }));
    }
    return known.get(key);
  };

  const take = (key, value) => {
    arriving.get(key)?.(value);
    arriving.delete(key);
  };

  /** The number of a shard kind's files, from the page. */
  const count = (name) => Number(page.getAttribute(`data-${name}`));

  const shardOf = (text, shards) => parseInt(md5(text).slice(0, 6), 16) % shards;

  // RFC 1321. Shards are chosen with it, nothing is secured; browsers give digests to https only.
  const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
  const SINES = Array.from({ length: 64 }, (_, i) => Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))) | 0);

  const md5 = (text) => {
    const bytes = new TextEncoder().encode(text);
    const padded = new Uint8Array((((bytes.length + 8) >> 6) + 1) << 6);
    padded.set(bytes);
    padded[bytes.length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 8, bytes.length * 8, true);
    const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
    for (let block = 0; block < padded.length; block += 64) mixBlock(state, view, block);
    const result = new DataView(new ArrayBuffer(16));
    state.forEach((word, i) => result.setInt32(4 * i, word, true));
    return Array.from(new Uint8Array(result.buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  const mixBlock = (state, view, block) => {
    let [a, b, c, d] = state;
    for (let i = 0; i < 64; i += 1) {
      const round = i >> 4;
      const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round];
      const word = [i, 5 * i + 1, 3 * i + 5, 7 * i][round] % 16;
      const sum = (a + mixed + SINES[i] + view.getInt32(block + 4 * word, true)) | 0;
      const shift = SHIFTS[4 * round + (i % 4)];
      [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
    }
    [a, b, c, d].forEach((word, i) => { state[i] = (state[i] + word) | 0; });
  };

  // ---------------------------------------------------------- every page

  const parameter = (name) => new URLSearchParams(location.search).get(name) || "";

  /** Let the language switch keep what the page is about. */
  const keepInSwitch = (query) => {
    const link = document.querySelector("[data-switch]");
    link.setAttribute("href", link.getAttribute("href").split("?")[0] + query);
  };
  keepInSwitch(location.search);

  // A heading stands over its numbers.
  document.querySelectorAll("main tbody tr:first-child td.number").forEach((cell) => {
    cell.closest("table").tHead.rows[0].cells[cell.cellIndex].classList.add("number");
  });

  const stale = document.getElementById("stale");
  const days = (Date.now() - Date.parse(`${stale.dataset.built}T00:00:00+08:00`)) / 86_400_000;
  stale.hidden = !(Math.floor(days) > Number(stale.dataset.days));

  return { say, isChinese, shown, element, subjectLink, load, take, count, shardOf, parameter, keepInSwitch };
})();
