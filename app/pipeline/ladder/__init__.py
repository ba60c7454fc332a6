"""The mapping ladder: what no declaration maps is mapped by what is known of names, values and people's confirmations.

unfold (a payload's leaves, each with its label) → weigh (what each leaf could be: confirmed, synonym, fuzzy, shape, learned) →
assign (one leaf per field) → plans (what to take, by how values look) → climb (cached per shape). Pure, like all of the pipeline.
"""
