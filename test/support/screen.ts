import xterm, { type IBufferLine } from "@xterm/headless";

const COLUMNS = 80;
const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/**
 * What a terminal of 80 columns shows in the end of what was written to it, with all that has scrolled away: a text for
 * each line that was written, also where it goes on in the next row, without blanks at its end. With `styles` what is coloured, bold or dim stands in braces: `{green ok}`.
 */
export async function screenOf(written: string, { styles = false } = {}): Promise<string[]> {
	const terminal = new xterm.Terminal({ cols: COLUMNS, rows: 24, scrollback: 10_000, allowProposedApi: true });
	await new Promise<void>((resolve) => terminal.write(written, resolve));
	const { active } = terminal.buffer;
	const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at)!);
	const texts: string[] = [];
	for (const line of lines) {
		const text = styles ? styled(line) : line.translateToString();
		if (line.isWrapped) texts.push(`${texts.pop()}${text}`);
		else texts.push(text);
	}
	terminal.dispose();
	const shown = texts.map((text) => text.trimEnd());
	return shown.slice(0, shown.findLastIndex((text) => text !== "") + 1);
}

function styled(line: IBufferLine): string {
	let [text, open] = ["", ""];
	for (let column = 0; column < line.length; column++) {
		const style = styleAt(line, column);
		if (style !== open) text += `${open && "}"}${style && `{${style} `}`;
		open = style;
		text += line.getCell(column)!.getChars() || " ";
	}
	return `${text}${open && "}"}`;
}

function styleAt(line: IBufferLine, column: number): string {
	const cell = line.getCell(column)!;
	const colour = cell.isFgPalette() ? (COLOURS[cell.getFgColor() % 8] ?? "") : "";
	return [colour, cell.isBold() ? "bold" : "", cell.isDim() ? "dim" : ""].filter(Boolean).join(".");
}
