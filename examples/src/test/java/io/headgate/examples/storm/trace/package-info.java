@NullMarked
package io.headgate.examples.storm.trace;

import org.jspecify.annotations.NullMarked;
