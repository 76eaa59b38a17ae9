import type { VastInstance } from "../../config/schema.ts";
import type { InstancePorts } from "../ports.ts";

/** What the driver of Vast contracts works with. */
export interface VastPorts extends InstancePorts {
	/** Name of the instance. */
	name: string;
	settings: VastInstance;
}
