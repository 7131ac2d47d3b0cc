// SPDX-License-Identifier: Apache-2.0
/**
 * A real PCI device as a {@link io.lamella.pci.PciSlot}: held by Linux's vfio-pci driver, so that this process is its driver, with no
 * kernel module of ours.
 *
 * <p>{@link io.lamella.vfiopci.VfioPciSlot#open} looks in sysfs whether the device can be had, and refuses with the commands that would
 * help. Then it opens it in one of two ways. <em>group</em>: the container {@code /dev/vfio/vfio}, the IOMMU group {@code /dev/vfio/N}, the
 * IOMMU type 1 version 2; every kernel since 3.6. <em>iommufd</em>: {@code /dev/iommu} and the device's own {@code /dev/vfio/devices/vfioN},
 * since 6.6, where the kernel was built with it (Debian's, up to 7.3, are not).
 *
 * <p>What the seam asks for comes from the kernel like this. BARs are mapped where the kernel allows, and a register is then one load or
 * store; the rest, and configuration space, goes through reads and writes of the device's file. Memory is anonymous, pinned by the kernel
 * while it is mapped, at addresses from the ranges that the IOMMU can translate. Interrupts are eventfds: the kernel programs MSI and MSI-X
 * itself, so writes to their enable bits are seen on the way and become that. Reset is the kernel's (function-level, if the device has
 * one). When somebody unbinds the driver the kernel asks for the device back; then every access reads ones, as of a device that was
 * pulled, and the driver above finds it gone.
 *
 * <p>One thread per slot waits for interrupts and calls the handler. All else runs in its caller's thread.
 *
 * <p>Facts are from the kernel's headers linux/vfio.h and linux/iommufd.h and from Documentation/driver-api/vfio.rst; {@code UapiTest}
 * compares every number with the system's headers.
 *
 * <p>Not modelled: switching virtual functions on (the kernel drops writes to the SR-IOV capability of a device in user space; its
 * {@code sriov_numvfs} file does it, see docs/real-gpu.md), migration, P2P between devices, page faults of devices (PRI), PASIDs, and
 * the no-IOMMU mode, which is refused because it protects nobody.
 */
@NullMarked
package io.lamella.vfiopci;

import org.jspecify.annotations.NullMarked;
