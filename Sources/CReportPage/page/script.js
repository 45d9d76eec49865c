// A script's text with its comments, strings and keywords in colour.

const keywords = new Set(("and break do else elseif end for function goto if in local not or repeat return then "
  + "until while").split(" "));
const literals = new Set(["true", "false", "nil"]);
const tokens = /--\[(=*)\[[\s\S]*?\]\1\]|--[^\n]*|\[(=*)\[[\s\S]*?\]\2\]|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|[A-Za-z_]\w*|0[xX][\da-fA-F.]+|\d[\d.]*(?:[eE][-+]?\d+)?/g;

function kindOf(token) {
  if (token.startsWith("--")) return "comment";
  if (/^["'[]/.test(token)) return "string";
  if (/^\d/.test(token) || literals.has(token)) return "literal";
  return keywords.has(token) ? "keyword" : null;
}

function listing(text) {
  const pre = element("pre", { tabindex: 0 });
  let line = element("span", { class: "line" });
  const add = (part, kind) => {
    part.split("\n").forEach((piece, index) => {
      if (index > 0) {
        line.append("\n");
        pre.append(line);
        line = element("span", { class: "line" });
      }
      if (piece) line.append(kind ? element("span", { class: kind }, piece) : piece);
    });
  };
  let end = 0;
  for (const match of text.matchAll(tokens)) {
    add(text.slice(end, match.index), null);
    add(match[0], kindOf(match[0]));
    end = match.index + match[0].length;
  }
  add(text.slice(end), null);
  if (line.hasChildNodes()) pre.append(line);
  return pre;
}
