const PIECES = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//g;
const COMMAS = /"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g;

/** JSON with comments and trailing commas as plain JSON, in the same offsets. */
export const plainJson = (text: string): { text: string; comments: boolean } => {
	let comments = false;
	const plain = text.replaceAll(PIECES, (piece) => {
		if (piece.startsWith('"')) return piece;
		comments ||= piece.startsWith("/");
		return piece.replaceAll(/[^\n]/g, " ");
	});
	return { text: plain.replaceAll(COMMAS, (piece) => (piece === "," ? " " : piece)), comments };
};
