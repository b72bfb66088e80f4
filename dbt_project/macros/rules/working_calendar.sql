{#
  The days that the working-day calendar spans. Every date of a delivery lies between
  1900-01-02 and 2100-12-31 (catalogue section 2); the last working days that are counted
  from there still fall into 2101. The first day is a Monday, as the calendar counts weeks
  from it.
#}
{% macro working_calendar_first_day() -%}
    {{ return('1900-01-01') }}
{%- endmacro %}

{% macro working_calendar_day_count() -%}
    {{ return('73779') }}
{%- endmacro %}
