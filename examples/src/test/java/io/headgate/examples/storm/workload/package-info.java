@NullMarked
package io.headgate.examples.storm.workload;

import org.jspecify.annotations.NullMarked;
