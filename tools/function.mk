# Included by every services/<service>/Makefile. SAM (Metadata: BuildMethod: makefile) runs one target per function, in
# parallel, inside the service's folder. Relative paths throughout, so that a checkout under a path with spaces builds.
build-%Function:
	@sh ../../tools/ensure-modules.sh
	@../../node_modules/.bin/node ../../tools/bundle.ts $*Function "$(ARTIFACTS_DIR)"
