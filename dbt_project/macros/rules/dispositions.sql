{#- The refusals that come before every item's own list (marts.md section 1). -#}
{% macro common_dispositions(versions) -%}
when {{ versions }}.version_disposition is not null
                then {{ versions }}.version_disposition
            when {{ versions }}.match_method = 'unresolved' then 'subject_unresolved'
{%- endmacro %}

{#- Whether a date lies outside the epidemic period, which includes both its days. -#}
{% macro outside_epidemic_period(day) -%}
({{ day }} < parameters.epidemic_start_date
                or {{ day }} > parameters.epidemic_end_date)
{%- endmacro %}

{#- An unclosed objection, or a correction that the row delivered does not yet show. -#}
{% macro has_open_objection(objections, delivery_date) -%}
coalesce({{ objections }}.has_unresolved, false)
        or coalesce({{ delivery_date }} < {{ objections }}.last_corrected_on, false)
{%- endmacro %}
