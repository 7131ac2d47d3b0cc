// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.host.LamellaHost;
import io.lamella.vgpu.type.TypeCatalogue;

/**
 * What the halves of a node share.
 *
 * @param configuration of the node
 * @param host the GPUs and sockets
 * @param types all that are known
 * @param events what happened
 * @param store what is kept on disk
 */
record NodeParts(
        NodeConfiguration configuration, LamellaHost host, TypeCatalogue types, EventLog events, NodeStore store) {}
