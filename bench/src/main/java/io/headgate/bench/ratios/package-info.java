/** Rows of ratios: what is measured, against what, with which bar. */
@NullMarked
package io.headgate.bench.ratios;

import org.jspecify.annotations.NullMarked;
