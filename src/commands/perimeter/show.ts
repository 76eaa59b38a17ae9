import { PERIMETER_FILE } from "../../contracts/perimeter.ts";
import { LookingCommand } from "../../cli/looking-command.ts";
import { parsePerimeter, type PerimeterDocument } from "../../perimeter/document.ts";
import { readPerimeter } from "../../perimeter/perimeter-file.ts";
import { renderPerimeter } from "../../perimeter/render.ts";

export default class PerimeterShow extends LookingCommand {
	static override summary = "Show docs/Perimeter.md as cres reads it: planes, hosts, ports, addresses, endpoints.";
	static override description = "Exits 3 when something in it cannot be read, and says where.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> <%= command.id %> --json"];

	protected async look(): Promise<{ document: string } & PerimeterDocument> {
		await this.parse(PerimeterShow);
		const { config } = await this.context();
		const perimeter = parsePerimeter(await readPerimeter(config.root));
		this.log(renderPerimeter(perimeter));
		if (perimeter.faults.length > 0) this.exitWith("findings");
		return { document: PERIMETER_FILE, ...perimeter };
	}
}
