// A subject's page: every line of its shard, and its repair announcements.
"use strict";

(() => {
  const { say, shown, element, load, count, shardOf, parameter, fill } = credit;
  const id = parameter("id").normalize("NFKC").trim().toUpperCase();
  const heading = document.getElementById("subject-name");
  const status = document.getElementById("subject-status");

  const linesOf = async (folder, shards) =>
    (await load(`${folder}/${shardOf(id, shards)}`)).filter(([, row]) => row[0] === id);

  const showName = (name) => {
    heading.replaceChildren(element("bdi", name));
    document.title = `${shown(name)} · ${document.title}`;
    document.getElementById("subject-code").textContent =
      say("统一社会信用代码 ", "Unified social credit code ") + shown(id);
  };

  const show = async () => {
    const lines = id === "" ? [] : (await Promise.all([
      linesOf("subjects", count("subject-shards")),
      linesOf("repaired", count("repaired-shards")),
    ])).flat();
    if (id !== "") showName(lines.find(([, row]) => row[1])?.[1][1] ?? id);
    document.querySelectorAll("[data-subject-list]").forEach((section) => {
      const rows = lines.filter(([list]) => list === section.dataset.subjectList).map(([, row]) => row.slice(2));
      section.hidden = rows.length === 0;
      fill(section.querySelector("table"), rows, false);
    });
    document.getElementById("subject-none").hidden = lines.length > 0;
    status.textContent = lines.length > 0 ? say(`${lines.length} 条公开信息`, `${lines.length} published lines`) : "";
  };

  show().catch((error) => { status.textContent = error.message; });
})();
