/** Texts of the manifest that people read, as keys of package.nls.json. The numbers of the rules and what language models read stay English. */
type Json =
  | null
  | boolean
  | number
  | string
  | Json[]
  | {
      [key: string]: Json;
    };
export type Texts = Record<string, string>;
/** The manifest with keys in place of texts, and the texts; what already is a key stays. */
export declare function withKeys(
  manifest: Json,
  known: Texts,
): {
  manifest: Json;
  texts: Texts;
};
/** The manifest as a person sees it. */
export declare function localized(value: unknown, texts: Texts): unknown;
export {};
