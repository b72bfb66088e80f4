{#- The whole part of a quotient of two integers, both at least 0. -#}
{% macro integer_division(dividend, divisor) -%}
    {{ return(adapter.dispatch('integer_division')(dividend, divisor)) }}
{%- endmacro %}

{% macro default__integer_division(dividend, divisor) -%}
    ({{ dividend }}) // ({{ divisor }})
{%- endmacro %}

{% macro spark__integer_division(dividend, divisor) -%}
    (({{ dividend }}) div ({{ divisor }}))
{%- endmacro %}


{#-
  Points from hundredths of a point. The evaluation reckons in integers: products of
  decimals and `/` round differently in every engine.
-#}
{% macro points(hundredths) -%}
    cast(
            cast({{ hundredths }} as bigint) * cast('0.01' as decimal(3, 2))
            as decimal(6, 2)
        )
{%- endmacro %}
