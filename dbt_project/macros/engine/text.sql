{#- The distinct values of a group, sorted by code point and joined with semicolons. -#}
{% macro sorted_join(value) -%}
    {{ return(adapter.dispatch('sorted_join')(value)) }}
{%- endmacro %}

{% macro default__sorted_join(value) -%}
    string_agg(distinct {{ value }}, ';' order by {{ value }} asc nulls last)
{%- endmacro %}

{% macro spark__sorted_join(value) -%}
    array_join(array_sort(collect_set({{ value }})), ';')
{%- endmacro %}
