import type { InstanceConfig } from "../config/schema.ts";
import type { Driver } from "../rollout/driver.ts";

/** The driver of an instance, loaded when it is needed. */
export async function driverOf({ driver }: Pick<InstanceConfig, "driver">): Promise<Driver> {
	switch (driver) {
		case "docker":
			return (await import("./docker/instance.ts")).dockerDriver;
		case "vast":
			return (await import("./vast/instance.ts")).vastDriver;
	}
}
