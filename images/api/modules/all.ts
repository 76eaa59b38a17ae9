import type { ApiModule } from "../module.ts";
import { compute } from "./compute/module.ts";
import { control } from "./control/module.ts";
import { core } from "./core/module.ts";
import { transcriptions } from "./transcriptions/module.ts";

/** Every module there is: a new one is a folder here, and a line. */
export const MODULES: readonly ApiModule[] = [core, control, compute, transcriptions];
