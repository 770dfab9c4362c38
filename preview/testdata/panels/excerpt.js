const cut = (column, end, excerpt, skipped) => Object.values(excerptOf(column, end, excerpt, skipped) ?? {});
function excerptOf(column, end, text, skipped) {
  const pos = { file: "a.md", line: 3, col: column };
  return excerpt({ pos, end: end && { ...pos, col: end }, severity: "error", code: "x", message: "x", excerpt: text, skipped });
}
same("ascii", cut(4, 6, "abcdefg"), ["abc", "de", "fg"]);
same("no end", cut(4, 0, "abcdefg"), ["abc", "defg", ""]);
same("two, three and four bytes", cut(12, 15, "äö世🎬é!"), ["äö世🎬", "é!", ""]);
same("tab and control characters", cut(2, 3, "\ta\u202eb"), [" ", "a", "·b"]);
same("byte order mark", cut(4, 5, "\ufeffab"), ["\ufeff", "a", "b"]);
same("past the end", cut(90, 95, "abc"), ["abc", "", ""]);
same("skipped", cut(1003, 1005, "xyz01", 1000), ["…xy", "z0", "1"]);
same("empty first column", cut(1, 1, ""), ["", "", ""]);
same("nowhere", excerptOf(7, 0, ""), null);
const long = excerptOf(201, 203, "x".repeat(200) + "yy" + "z".repeat(200));
same("long before", long.before, "…" + "x".repeat(59));
same("long after", long.after, "z".repeat(58) + "…");
