// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What the API's description says of a record or of one of its components, and the limits that requests are held to. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.RECORD_COMPONENT})
public @interface Doc {
    /** One sentence. */
    String value();

    /** Whether it may be left out. */
    boolean optional() default false;

    /** The smallest number. */
    long min() default 0;

    /** The largest number; the default is what every JSON reader holds exactly. */
    long max() default (1L << 53) - 1;

    /** Most characters of a string. */
    int maxLength() default 256;

    /** A regular expression that the whole string matches, in the part of the syntax that Java and ECMAScript share. */
    String pattern() default "";

    /** The only values of a string. */
    String[] oneOf() default {};

    /** Most entries of a list or a map. */
    int maxItems() default 4096;
}
