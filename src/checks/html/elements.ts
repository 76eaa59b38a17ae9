import { leaving } from "../../secrets/leaving.ts";

/** Text of anybody as HTML: without secrets and control characters, and never a tag. */
export const text = (raw: string): string =>
	leaving(raw).replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)!};`);

/** `items` are HTML; nothing where there is none. */
export const section = (id: string, title: string, items: readonly string[]): string =>
	items.length === 0
		? ""
		: `<section aria-labelledby="h-${id}"><h2 id="h-${id}">${title}</h2>\n${items.join("\n")}\n</section>`;

/** A section with one table. `rows` are HTML; nothing where there is none. */
export function table(id: string, title: string, caption: string, heads: readonly string[], rows: readonly string[]) {
	if (rows.length === 0) return "";
	const head = heads.map((one) => `<th scope="col">${text(one)}</th>`).join("");
	const body = `<thead><tr>${head}</tr></thead><tbody>${rows.join("\n")}</tbody>`;
	return section(id, title, [
		`<div class="scroll" tabindex="0" role="group" aria-label="${title}"><table><caption>${text(caption)}</caption>${body}</table></div>`,
	]);
}

/** `<time>` of milliseconds since the epoch; what is no time is shown as it is. */
export function time(at: number): string {
	if (Number.isNaN(new Date(at).getTime())) return text(String(at));
	const iso = new Date(at).toISOString();
	return `<time datetime="${iso}">${iso.replace("T", " ").replace(/\.\d+Z$/, " UTC")}</time>`;
}
