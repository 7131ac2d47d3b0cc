// SPDX-License-Identifier: Apache-2.0
/**
 * The {@code lamella} command: one class per subcommand, and the few that print.
 *
 * <p>Results go to standard output, progress and refusals to standard error. {@code -o json} makes the result one JSON document and
 * silences the rest. Exit codes: 0 done, 1 a stage failed, 2 the command line was wrong, 69 the host lacks something, 130 interrupted.
 * Colours and moving lines appear on a terminal only, and never when {@code NO_COLOR} is set.
 */
@NullMarked
package io.lamella.cli;

import org.jspecify.annotations.NullMarked;
