/** Of the page; both themes have a contrast of at least 4.5 : 1 for text. */
export const STYLE = `
:root { color-scheme: light dark; --back: #ffffff; --text: #1b1f24; --dim: #57606a; --line: #d0d7de; --box: #f6f8fa;
	--error: #b42318; --warning: #8a5300; --note: #0b5cad; --ok: #1a7f37; --link: #0b5cad; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --text: #e6edf3; --dim: #9da7b3; --line: #3d444d;
	--box: #161b22; --error: #ff8a80; --warning: #f0b752; --note: #79b8ff; --ok: #6fdd8b; --link: #79b8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--back); color: var(--text);
	font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2rem; } h3 { font-size: 1rem; margin: 0; }
a { color: var(--link); } p { margin: .4rem 0; }
code, pre { font: .875rem/1.45 ui-monospace, monospace; }
pre { background: var(--box); border: 1px solid var(--line); border-radius: .3rem; padding: .5rem; overflow-x: auto;
	margin: .4rem 0; }
article { border: 1px solid var(--line); border-left-width: .35rem; border-radius: .3rem; padding: .6rem .8rem;
	margin: .8rem 0; overflow-wrap: anywhere; }
article.error { border-left-color: var(--error); } article.warning { border-left-color: var(--warning); }
article.note { border-left-color: var(--note); }
.error > h3 b, td.error { color: var(--error); } .warning > h3 b, td.warning { color: var(--warning); }
.note > h3 b, td.note { color: var(--note); } td.ok { color: var(--ok); } .dim { color: var(--dim); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; } caption { text-align: left; color: var(--dim); }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top; }
label { display: block; margin: .5rem 0; } input { font: inherit; width: 100%; max-width: 30rem; padding: .3rem .5rem;
	color: inherit; background: var(--box); border: 1px solid var(--dim); border-radius: .3rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -999rem; } .skip:focus { position: static; }
[hidden] { display: none; }
`;

/** Filters the findings by what is typed; without it the page is whole. */
export const SCRIPT = `
const field = document.getElementById("filter");
const count = document.getElementById("count");
const all = [...document.querySelectorAll("article")];
document.getElementById("filtering").hidden = all.length < 2;
field.addEventListener("input", () => {
	const words = field.value.toLowerCase().split(" ").filter((word) => word !== "");
	for (const one of all) one.hidden = !words.every((word) => one.textContent.toLowerCase().includes(word));
	count.textContent = all.filter((one) => !one.hidden).length + " of " + all.length + " findings";
});
`;
