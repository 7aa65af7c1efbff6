/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A shared object that is no plugin. */
extern int oma_test_nothing;
int oma_test_nothing = 0;
