/* bystander: the program that is granted by its content; ends with the status BYSTANDER of probe.h. */
#define STATUS 7
#include "victim.c"
