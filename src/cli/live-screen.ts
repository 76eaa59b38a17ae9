import { leaving } from "../secrets/leaving.ts";

/** Where one text after the other is shown, each in place of the one before. */
export interface LiveScreen {
	draw(text: string): void;
	/** Leaves the last text where it is. */
	end(): void;
}

/** Redraws in place on a terminal; elsewhere each text is a block of its own, with an empty line behind it. */
export async function openScreen(stream: NodeJS.WriteStream): Promise<LiveScreen> {
	if (!stream.isTTY) return { draw: (text) => void stream.write(`${leaving(text)}\n\n`), end: () => {} };
	const [{ createLogUpdate }, { painterFor }] = await Promise.all([import("log-update"), import("./paint.ts")]);
	const update = createLogUpdate(stream);
	const paint = painterFor(stream);
	return { draw: (text) => update(paint(leaving(text))), end: () => update.done() };
}
