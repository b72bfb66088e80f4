// Search by name (any two or more characters in a row) or by code (from its beginning).
"use strict";

(() => {
  const { say, element, subjectLink, load, count, shardOf, parameter, keepInSwitch } = credit;
  const SHOWN_AT_ONCE = 10;
  const PAUSE_MILLISECONDS = 40;
  const PIECES_AT_FIRST = 5;
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
    const pieces = [...new Set(letters.slice(1).map((letter, i) => letters[i] + letter))];
    // Names are compared in the end, so a few pieces will do; all if every one is too common.
    let found = await Promise.all(pieces.slice(0, PIECES_AT_FIRST).map(postings));
    if (!found.some((entry) => entry.isWhole)) {
      found = found.concat(await Promise.all(pieces.slice(PIECES_AT_FIRST).map(postings)));
    }
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
      // All files are asked for at once, each name is given as soon as it and those before are there.
      const asked = ordinals.slice(start, end).map(nameOf);
      asked.forEach((promise) => promise.catch(() => {}));
      for await (const entry of asked) if (fold(entry[1] ?? "").includes(folded)) yield entry;
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

  let latest = 0; // the number of the search that was asked for last
  let shownNow = null; // the search whose results are on the page

  const addResult = ([id, name]) => {
    const line = document.createElement("li");
    line.append(subjectLink(id, name), element("code", id));
    results.append(line);
  };

  /** Show the next results as they come; false if another search was asked for meanwhile. */
  const showMore = async (search) => {
    const { entries, number } = search;
    for (let shown = 0; shown < SHOWN_AT_ONCE; shown += 1) {
      const { value, done } = await entries.next();
      if (number !== latest) return;
      if (shownNow !== search) {
        results.replaceChildren();
        shownNow = search;
      }
      search.isDone = done;
      if (done) break;
      addResult(value);
    }
    tell(search);
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

  /** Whether any code begins with the text. */
  const isCode = async (code) => {
    if (!/^(?=.*[0-9])[0-9A-Z]{3,18}$/.test(code)) return false;
    return !(await byCode(code).next()).done;
  };

  const begin = async (text, number) => {
    const code = text.normalize("NFKC").replace(/\s/g, "").toUpperCase();
    if (await isCode(code)) {
      return { text, number, entries: byCode(code), total: say("多", "many"), isPartial: false };
    }
    const folded = fold(text);
    if ([...folded].length < 2) return null;
    const { ordinals, isPartial } = await candidates(folded);
    const total = numbers.format(ordinals.length);
    return { text, number, entries: byName(folded, ordinals), total, isPartial };
  };

  const search = async () => {
    const number = (latest += 1);
    const text = field.value.trim();
    keepInSwitch(text ? `?q=${encodeURIComponent(text)}` : "");
    const found = text === "" ? null : await begin(text, number);
    if (number !== latest) return;
    if (found) {
      await showMore(found);
      return;
    }
    results.replaceChildren();
    more.hidden = true;
    status.textContent = text === "" ? "" : say("请至少输入两个字。", "Type at least two characters.");
  };

  const searchSafely = () => search().catch((error) => { status.textContent = error.message; });

  more.addEventListener("click", async () => {
    const firstNew = results.children.length;
    await showMore(shownNow).catch((error) => { status.textContent = error.message; });
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
