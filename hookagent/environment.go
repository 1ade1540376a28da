package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// serviceEnv is a variable in which the launcher hands over those of the service's that would change the agent, a Go program itself:
// GODEBUG, GOGC and their like, as a JSON object.
const serviceEnv = "GOTOP_SERVICE_ENV"

// environment returns the service's environment: the agent's own, with the variables of serviceEnv.
func environment() ([]string, error) {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, serviceEnv+"=") })
	kept := os.Getenv(serviceEnv)
	if kept == "" {
		return env, nil
	}
	vars := make(map[string]string)
	if err := json.Unmarshal([]byte(kept), &vars); err != nil {
		return nil, fmt.Errorf("%s: %w", serviceEnv, err)
	}
	for name, value := range vars {
		env = append(env, name+"="+value)
	}
	return env, nil
}
