// SPDX-License-Identifier: Apache-2.0
/** The vfio-user protocol, server and client. */
@NullMarked
package io.lamella.vfiouser;

import org.jspecify.annotations.NullMarked;
