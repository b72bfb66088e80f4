{#-
  A sum of amounts, at most the greatest that its column holds: a mistyped amount in a row
  that loads may not stop every other list.
-#}
{% macro amount_sum(amount) -%}
    cast(
            least(sum({{ amount }}), cast('9999999999999999.99' as decimal(18, 2)))
            as decimal(18, 2)
        )
{%- endmacro %}
