/** The plugin of text-modules.js, for vitest.config.ts. */
import type { Plugin } from 'vitest/config';

export declare function textModules(): Plugin;
