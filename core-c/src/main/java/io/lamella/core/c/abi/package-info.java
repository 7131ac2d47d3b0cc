// SPDX-License-Identifier: Apache-2.0
/**
 * {@code lamella_core.h} as Java sees it: structs, tables of functions, limits, error codes, text. Declared here once; a test has the
 * system's C compiler print the header's sizes and offsets and compares them.
 *
 * <p>Nothing here keeps state. Pointers that come from the other side are given a size by whoever knows it from the header, and never a
 * larger one.
 */
@NullMarked
package io.lamella.core.c.abi;

import org.jspecify.annotations.NullMarked;
