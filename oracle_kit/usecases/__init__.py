"""What a viewer may do with the workbench beside asking: pages, templates, datasets; each call checks the role."""
