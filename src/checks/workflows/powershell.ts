import type { FilePlace } from "../triage-check.ts";
import type { Step } from "./model.ts";

const CALL =
	/^[ \t]*(?:&[ \t]+|(?:pwsh|powershell)(?:\.exe)?[ \t]+(?:-\w+[ \t]+(?:Bypass[ \t]+)?)*)?["']?((?:\.[\\/])?[\w.-]+(?:[\\/][\w.-]+)*\.(?:ps1|bat|cmd))\b/gim;

/** Scripts that a step calls whose shell is PowerShell or cmd, with slashes. */
export const calledByPowershell = ({ run }: Step): { path: string; place: FilePlace }[] =>
	[...run!.text!.matchAll(CALL)].map(({ 1: path, index, 0: call }) => ({
		path: path!.replaceAll("\\", "/").replace(/^\.\//, ""),
		place: run!.placeIn(index + call.search(/\S/)),
	}));
