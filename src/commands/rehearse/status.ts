import { LookingCommand } from "../../cli/looking-command.ts";
import { table } from "../../system/text.ts";
import type { PartStatus } from "../../../rehearsal/perimeter.ts";

export default class RehearseStatus extends LookingCommand {
	static override summary = "Show which parts of the rehearsal perimeter answer.";
	static override description = "Exits 3 when one does not.";
	static override examples = ["<%= config.bin %> <%= command.id %>"];

	protected async look(): Promise<{ parts: PartStatus[] }> {
		await this.parse(RehearseStatus);
		const { ownPerimeter, status } = await import("../../../rehearsal/perimeter.ts");
		const parts = await status(ownPerimeter(this.config.root), (await this.talk()).progress);
		const rows = parts.map(({ part, at, answers }) => [part, at, answers ? "answers" : "does not answer"]);
		this.log(table(["PART", "AT", "STATE"], rows));
		if (parts.some(({ answers }) => !answers)) this.exitWith("findings");
		return { parts };
	}
}
