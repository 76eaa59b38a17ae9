import type { Tree } from "../tree/tree.ts";

/** Of programs that are started without a word about their port. */
export function defaultPorts(tree: Tree): number[] {
	const found = new Set<number>();
	for (const file of tree.files.filter((one) => one.has(ANY_DEFAULT))) {
		const text = file.path.endsWith("package.json") ? file.text : file.text.slice(0, 60_000);
		for (const [pattern, port] of DEFAULTS)
			if (!found.has(port) && file.mayMatch(pattern) && pattern.test(text)) found.add(port);
	}
	return [...found];
}

/** A word of each pattern. */
const ANY_DEFAULT =
	/next|react-scripts|nuxt|vite|uvicorn|gunicorn|hypercorn|fastapi|runserver|streamlit|gradio|llama|jupyter|keycloak|tomcat|jenkins|nexus|spring/;
const DEFAULTS: readonly (readonly [RegExp, number])[] = [
	[/\b(?:next (?:start|dev)|react-scripts start|nuxt)\b/, 3000],
	[/\bvite\b/, 5173],
	[/\b(?:uvicorn|gunicorn|hypercorn|fastapi run)\b(?!.*(?:--port|--bind|-b |-p ))/, 8000],
	[/\b(?:runserver)\b/, 8000],
	[/\bstreamlit run\b/, 8501],
	[/\bgradio\b/, 7860],
	[/\bllama-server\b(?!.*--port)|llama\.cpp/, 8080],
	[/\bjupyter\b/, 8888],
	[/\bkeycloak|tomcat|jenkins|nexus|spring\b/, 8080],
];
