{#- The date that lies `months` months after `start`, clamped to its month's last day. -#}
{% macro add_months(start, months) -%}
    {{ return(adapter.dispatch('add_months')(start, months)) }}
{%- endmacro %}

{% macro default__add_months(start, months) -%}
    cast({{ start }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}

{% macro spark__add_months(start, months) -%}
    add_months({{ start }}, cast({{ months }} as int))
{%- endmacro %}


{#- The date that lies `years` years after `start`; 29 February becomes 28 February. -#}
{% macro add_years(start, years) -%}
    {{ add_months(start, '12 * ' ~ years) }}
{%- endmacro %}


{#- The days from `first` to `last`, negative where `last` comes before it. -#}
{% macro days_between(first, last) -%}
    {{ return(adapter.dispatch('days_between')(first, last)) }}
{%- endmacro %}

{% macro default__days_between(first, last) -%}
    date_diff('day', {{ first }}, {{ last }})
{%- endmacro %}

{% macro spark__days_between(first, last) -%}
    cast(datediff({{ last }}, {{ first }}) as bigint)
{%- endmacro %}


{#- The first day of the month of a date. -#}
{% macro month_start(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}
