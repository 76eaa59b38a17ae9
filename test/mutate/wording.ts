/** The parts that are read of Babel's syntax tree … */
interface Node {
	type: string;
	name?: string;
	callee?: Node;
	key?: Node;
	arguments?: Node[];
}

/** … and of a place in it. */
interface Path {
	node: Node;
	parentPath: Path | null;
}

const TEXTS = new Set(["StringLiteral", "TemplateLiteral"]);
const TOLD = new Set(["message", "hint", "meaning", "remedy", "description"]);

/** Whether `node`, a direct child of `parent`, is told to people: a message, a hint, a description. */
function isTold(node: Node, parent: Node): boolean {
	if (parent.type === "ObjectProperty") return TOLD.has(parent.key?.name ?? "");
	const callee = parent.callee?.name ?? "";
	return parent.type === "NewExpression" && callee.endsWith("Error") && parent.arguments?.includes(node) === true;
}

/** Wording of errors and hints may change: a mutant of it says nothing about the tests. Codes and values stay in. */
function shouldIgnore({ node, parentPath }: Path): string | undefined {
	if (!TEXTS.has(node.type) || !parentPath) return undefined;
	const { node: parent } = parentPath;
	const isCode = parent.type === "NewExpression" && parent.arguments?.length !== 1 && parent.arguments?.[0] === node;
	return isTold(node, parent) && !isCode ? "wording" : undefined;
}

/** What the instrumenter calls an ignorer. */
export const wording = { shouldIgnore };
