import type { World } from "../checks/triage-check.ts";
import { toolsFolder } from "../config/tools.ts";
import { systemShell } from "../system/shell.ts";
import { findTool } from "../tools/fetch.ts";

/** What static checks may ask on this machine: needs no cres.yaml. */
export const staticWorld = (): World => ({
	shell: systemShell,
	tool: (name) => findTool(toolsFolder(), name, process),
});
