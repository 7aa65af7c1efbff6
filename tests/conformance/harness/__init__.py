# SPDX-License-Identifier: LGPL-2.1-or-later
"""The harness of the conformance cases; see ../README.md."""
