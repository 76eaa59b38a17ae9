import { DockerfileParser, type Instruction } from "dockerfile-ast";

/**
 * The instructions of a Dockerfile, comments and parser directives left out; offsets are those of the text. A last line
 * always ends: where a comment at the top does not, the parser looks through the rest from each of its `#` on.
 */
export const instructionsOf = (text: string): Instruction[] =>
	DockerfileParser.parse(text.endsWith("\n") ? text : `${text}\n`).getInstructions();
