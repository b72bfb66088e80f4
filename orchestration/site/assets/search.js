// Search by name (any two or more characters in a row) or by code (from its beginning).
"use strict";

(() => {
  const { say, element, subjectLink, load, count, shardOf, parameter, keepInSwitch } = credit;
  const SHOWN_AT_ONCE = 10;
  const PAUSE_MILLISECONDS = 60;
  const NAMES_PER_FILE = 256;
  const MAX_FILES_AT_ONCE = 40;

  const form = document.querySelector("[data-search]");
  const field = form.querySelector("input");
  const status = document.querySelector("[data-search-status]");
  const results = document.querySelector("[data-results]");
  const more = document.querySelector("[data-more]");
  const numbers = new Intl.NumberFormat("en-US");

  /** Letters, marks and digits in lower case: what the index was made from. */
  const fold = (text) => text.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, "");

  // ---------------------------------------------------------------- by name

  /** The names that hold the piece; not whole if the index keeps only the first of too many. */
  const postings = async (piece) => {
    const lines = await load(`grams/${shardOf(piece, count("gram-shards"))}`);
    const line = lines.find(([gram]) => gram === piece);
    if (!line) return { ordinals: [], isWhole: true };
    const [, occurrences, steps] = line;
    let last = 0;
    const ordinals = steps.split(",").map((step) => (last += Number(step)));
    return { ordinals: [...new Set(ordinals)], isWhole: ordinals.length === occurrences };
  };

  const intersect = (lists) => lists.reduce((kept, list) => {
    const there = new Set(list);
    return kept.filter((ordinal) => there.has(ordinal));
  });

  /** The names that may hold the text: their ordinals, and whether some were left out. */
  const candidates = async (folded) => {
    const letters = [...folded];
    const pieces = new Set(letters.slice(1).map((letter, i) => letters[i] + letter));
    const found = await Promise.all([...pieces].map(postings));
    const whole = found.filter((entry) => entry.isWhole);
    const used = (whole.length ? whole : found).sort((a, b) => a.ordinals.length - b.ordinals.length);
    return { ordinals: intersect(used.map((entry) => entry.ordinals)), isPartial: whole.length === 0 };
  };

  const nameOf = async (ordinal) =>
    (await load(`names/${Math.floor(ordinal / NAMES_PER_FILE)}`))[ordinal % NAMES_PER_FILE];

  /** Yields [id, name] of the names that hold the text, some at a time. */
  async function* byName(folded, ordinals) {
    for (let start = 0; start < ordinals.length; ) {
      const files = new Set();
      let end = start;
      while (end < ordinals.length && end - start < MAX_FILES_AT_ONCE && files.size < SHOWN_AT_ONCE) {
        files.add(Math.floor(ordinals[end] / NAMES_PER_FILE));
        end += 1;
      }
      const read = await Promise.all(ordinals.slice(start, end).map(nameOf));
      for (const entry of read) if (fold(entry[1] ?? "").includes(folded)) yield entry;
      start = end;
    }
  }

  // ---------------------------------------------------------------- by code

  /** Yields [id, name] of the codes that begin with the text. */
  async function* byCode(prefix) {
    const firsts = await load("codes/directory");
    let file = firsts.findLastIndex((first) => first <= prefix);
    for (file = Math.max(file, 0); file < firsts.length; file += 1) {
      for (const [id, ordinal] of await load(`codes/${file}`)) {
        if (id.startsWith(prefix)) yield await nameOf(ordinal);
        else if (id > prefix) return;
      }
    }
  }

  // ---------------------------------------------------------------- showing

  let latest = 0;
  let shownNow = null; // the search whose results are on the page

  const take = async (entries, wanted) => {
    const taken = [];
    while (taken.length < wanted) {
      const { value, done } = await entries.next();
      if (done) return { taken, isDone: true };
      taken.push(value);
    }
    return { taken, isDone: false };
  };

  const show = (entries) => {
    for (const [id, name] of entries) {
      const line = document.createElement("li");
      line.append(subjectLink(id, name), element("code", id));
      results.append(line);
    }
  };

  const tell = (search) => {
    const amount = results.children.length;
    const total = search.isDone ? numbers.format(amount) : search.total;
    if (search.isPartial && !(search.isDone && amount === 0)) {
      status.textContent = say("匹配过多，只列出一部分；请多输入几个字。", "Too many match; only some are listed. Type more.");
    } else if (amount === 0) {
      status.textContent = say(`没有公开信息：没有找到“${search.text}”。`, `Nothing published: “${search.text}” is not found.`);
    } else {
      status.textContent = say(`找到 ${total} 个主体，显示 ${amount} 个`, `${total} subjects found, ${amount} shown`);
    }
    more.hidden = search.isDone;
  };

  const begin = async (text) => {
    const code = text.normalize("NFKC").replace(/\s/g, "").toUpperCase();
    const looksLikeCode = /^(?=.*[0-9])[0-9A-Z]{3,18}$/.test(code);
    if (looksLikeCode) {
      const search = { text, entries: byCode(code), total: say("多", "many"), isPartial: false };
      Object.assign(search, await take(search.entries, SHOWN_AT_ONCE));
      if (search.taken.length) return search;
    }
    const folded = fold(text);
    if ([...folded].length < 2) return null;
    const { ordinals, isPartial } = await candidates(folded);
    const entries = byName(folded, ordinals);
    const total = numbers.format(ordinals.length);
    return { text, entries, total, isPartial, ...(await take(entries, SHOWN_AT_ONCE)) };
  };

  const search = async () => {
    const mine = (latest += 1);
    const text = field.value.trim();
    keepInSwitch(text ? `?q=${encodeURIComponent(text)}` : "");
    const found = text === "" ? null : await begin(text);
    if (mine !== latest) return;
    results.replaceChildren();
    shownNow = found;
    more.hidden = true;
    if (found) {
      show(found.taken);
      tell(found);
    } else {
      status.textContent = text === "" ? "" : say("请至少输入两个字。", "Type at least two characters.");
    }
  };

  const searchSafely = () => search().catch((error) => { status.textContent = error.message; });

  more.addEventListener("click", async () => {
    const current = shownNow;
    const { taken, isDone } = await take(current.entries, SHOWN_AT_ONCE);
    if (current !== shownNow) return;
    const firstNew = results.children.length;
    show(taken);
    current.isDone = isDone;
    tell(current);
    results.children[firstNew]?.querySelector("a").focus();
  });

  let pause;
  field.addEventListener("input", (event) => {
    clearTimeout(pause);
    if (!event.isComposing) pause = setTimeout(searchSafely, PAUSE_MILLISECONDS);
  });
  field.addEventListener("compositionend", searchSafely);
  field.value = parameter("q");
  if (field.value) searchSafely();
})();
