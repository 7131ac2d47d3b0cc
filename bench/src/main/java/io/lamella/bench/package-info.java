// SPDX-License-Identifier: Apache-2.0
/** Benchmarks. */
@NullMarked
package io.lamella.bench;

import org.jspecify.annotations.NullMarked;
