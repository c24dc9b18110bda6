/** What it costs as agents, jobs and waiting tasks grow many. */
@NullMarked
package io.headgate.bench.growth;

import org.jspecify.annotations.NullMarked;
