"""The figures of a paper, as SVG and PNG for print."""
