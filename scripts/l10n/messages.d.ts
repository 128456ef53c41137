export interface FoundText {
  file: string;
  line: number;
  text: string;
}
/** Keys of the bundle, sorted. @param root of the repository */
export declare function collectMessages(root: string): string[];
/** Texts that a source asks translations for. */
export declare function messagesOf(name: string, text: string): string[];
/** Literals in places that people see, which no translation is asked for. */
export declare function untranslated(root: string): FoundText[];
