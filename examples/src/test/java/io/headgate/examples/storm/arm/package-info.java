@NullMarked
package io.headgate.examples.storm.arm;

import org.jspecify.annotations.NullMarked;
