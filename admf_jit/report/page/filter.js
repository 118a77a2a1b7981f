// The filter that a reader writes: `sharpe_ratio > 1 and fast_period <= 10`.
const CLAUSE = /^\s*(.+?)\s*(<=|>=|!=|==|=|<|>)\s*(.+?)\s*$/;
const COMPARE = {
  "<": (one, other) => one < other, "<=": (one, other) => one <= other,
  ">": (one, other) => one > other, ">=": (one, other) => one >= other,
  "=": (one, other) => one === other, "==": (one, other) => one === other, "!=": (one, other) => one !== other,
};

// Returns a function of a row's number; throws an Error whose message says what was expected.
function parsedFilter(text, rows) {
  const clauses = text.split(/\s+and\s+|&&|,|;/i).filter((clause) => clause.trim());
  const tests = clauses.map((clause) => parsedClause(clause, rows));
  return (row) => tests.every((test) => test(row));
}

function parsedClause(clause, rows) {
  const found = CLAUSE.exec(clause);
  if (!found) throw new Error(`"${clause.trim()}" is no comparison; expected such as sharpe_ratio > 1`);
  const [, name, operator, written] = found;
  if (!rows.columns.has(name)) throw new Error(`no column "${name}"; expected one of the table's, as sharpe_ratio`);
  const compare = COMPARE[operator];
  if (!rows.isNumber(name)) {
    const wanted = written.replace(/^(["'])(.*)\1$/, "$2");
    return (row) => compare(swept(rows.value(name, row)), wanted);
  }
  if (written === "null") return (row) => compare(rows.value(name, row) === null || Number.isNaN(rows.value(name, row)), true);
  const percent = written.endsWith("%");
  const number = Number(percent ? written.slice(0, -1) : written);
  if (Number.isNaN(number)) throw new Error(`"${written}" is no number; expected one to compare ${name} with`);
  const wanted = percent ? number / 100 : number;
  return (row) => compare(rows.value(name, row), wanted);
}

function matches(rows, names, words, row) {
  const text = names.map((name) => swept(rows.value(name, row))).join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}
