"""The report in the browser, part by part."""
