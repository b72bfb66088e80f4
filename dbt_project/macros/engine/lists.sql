{#-
  The distinct values of a group, sorted by Unicode code point and joined; null for a group
  without a value. An aggregate function.
-#}
{% macro joined_sorted_distinct(value, separator) -%}
    {{ return(adapter.dispatch('joined_sorted_distinct')(value, separator)) }}
{%- endmacro %}

{% macro default__joined_sorted_distinct(value, separator) -%}
    string_agg(distinct {{ value }}, '{{ separator }}' order by {{ value }} asc nulls last)
{%- endmacro %}

{% macro spark__joined_sorted_distinct(value, separator) -%}
    case
        when count({{ value }}) > 0
            then array_join(array_sort(collect_set({{ value }})), '{{ separator }}')
    end
{%- endmacro %}
