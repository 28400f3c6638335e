#pragma once

// The umbrella: all of variad.
