/** What each instance imports. */

/** The clause of the rules that does not hold; 0 for none. */
export declare const clause: i32;
